/* Functions that are worth building twice: for any x86-64, and with AVX2 where the machine has it. */
#ifndef SRJ_DISPATCH_H
#define SRJ_DISPATCH_H

#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__)
#define SRJ_DISPATCH __attribute__((target_clones("avx2", "default")))
#else
#define SRJ_DISPATCH
#endif

#endif
