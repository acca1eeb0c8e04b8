/* One scan on two threads. */
#ifndef SRJ_SPLIT_H
#define SRJ_SPLIT_H

#include "scan.h"

/* Does what srj_decode does, to the bit, with a second thread where the file lends itself to it; `scan->split` says
 * whether it did. May take as much memory for a while as the planes have for the later half of the picture. */
long srj_decode_split(srj_scan *scan, const uint8_t *data, const uint8_t *data_end);

#endif
