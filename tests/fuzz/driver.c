/* Stands in for libFuzzer where there is no clang: keeps what takes the decoder somewhere new, and mutates it.
 *
 * It takes the options of libFuzzer that `python -m tests.fuzz` gives, and leaves the others alone. The decoder is
 * compiled with -fsanitize-coverage=trace-pc, this file is not. The input at hand lies in a file while it runs, so
 * that it is there whatever ends the process. Equal corpora give equal mutations.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { EDGES = 1 << 18, MOST_INPUTS = 1 << 16, MOST_STEPS = 8, HEADER = 640, TIMED_OUT = 70 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void __sanitizer_cov_trace_pc(void);
const char *__asan_default_options(void);

typedef struct {
    uint8_t *data;
    size_t size;
} input;

typedef struct {
    const char *corpus, *artifacts;
    long seconds, timeout, longest;
} options;

static char evidence_path[4096];
static input inputs[MOST_INPUTS];
static int count;
static uint8_t seen[EDGES];
static _Thread_local uintptr_t place;
static long edges, executions;
static uint64_t state = 0x9E3779B97F4A7C15u;

const char *__asan_default_options(void) { return "detect_leaks=1:allocator_may_return_null=1"; }

void __sanitizer_cov_trace_pc(void) {
    uintptr_t here = (uintptr_t)__builtin_return_address(0);
    uintptr_t edge = ((here * 0x9E3779B1u) ^ (place >> 1)) % EDGES;
    place = here * 0x9E3779B1u;
    edges += !seen[edge];
    seen[edge] = 1;
}

static size_t draw(size_t below) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return below ? (size_t)(state % below) : 0;
}

static void say_slow(int number) {
    static const char text[] = "an input takes too long\n";
    (void)number;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(1);
    _exit(TIMED_OUT);
}

static void leave(int number) {
    unlink(evidence_path);
    _exit(128 + number);
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

/* Runs the target on memory of exactly the input's size. Returns whether it came somewhere new. */
static int execute(const uint8_t *data, size_t size, int evidence, long timeout) {
    if (pwrite(evidence, data, size, 0) < 0 || ftruncate(evidence, (off_t)size)) fail("the input cannot be kept");
    uint8_t *copy = malloc(size);
    if (size && !copy) fail("malloc");
    memcpy(copy, data, size);
    long before = edges;
    place = 0;
    alarm((unsigned)timeout);
    LLVMFuzzerTestOneInput(copy, size);
    alarm(0);
    free(copy);
    executions++;
    return edges > before;
}

static void keep(const uint8_t *data, size_t size) {
    if (count == MOST_INPUTS) return;
    uint8_t *copy = malloc(size + 1);
    if (!copy) fail("malloc");
    memcpy(copy, data, size);
    inputs[count++] = (input){copy, size};
}

static void save(const char *folder, const uint8_t *data, size_t size) {
    char path[4096];
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < size; i++) hash = (hash ^ data[i]) * 1099511628211u;
    snprintf(path, sizeof path, "%s/%016llx", folder, (unsigned long long)hash);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file)) fail(path);
}

static void read_file(const char *path, uint8_t *room, size_t longest) {
    struct stat facts;
    if (stat(path, &facts) || !S_ISREG(facts.st_mode)) return;
    FILE *file = fopen(path, "rb");
    if (!file) fail(path);
    keep(room, fread(room, 1, longest, file));
    fclose(file);
}

static void read_corpus(const char *folder, uint8_t *room, size_t longest) {
    struct dirent **names;
    char path[4096];
    int found = scandir(folder, &names, NULL, alphasort);
    if (found < 0) fail(folder);
    for (int i = 0; i < found; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        read_file(path, room, longest);
        free(names[i]);
    }
    free(names);
}

/* Where the next change is made: half of them in what are the headers of most files. */
static size_t draw_place(size_t size) { return draw(draw(2) && size > HEADER ? HEADER : size); }

static size_t insert(uint8_t *data, size_t size, size_t longest, const input *other) {
    size_t from = draw(other->size), length = 1 + draw(draw(2) ? 8 : 512), at = draw_place(size);
    if (length > other->size - from) length = other->size - from;
    if (length > longest - size) length = longest - size;
    memmove(data + at + length, data + at, size - at);
    memcpy(data + at, other->data + from, length);
    return size + length;
}

static size_t overwrite(uint8_t *data, size_t size, const input *other) {
    size_t from = draw(other->size), at = draw_place(size), length = 1 + draw(draw(2) ? 8 : 512);
    if (length > other->size - from) length = other->size - from;
    if (length > size - at) length = size - at;
    memcpy(data + at, other->data + from, length);
    return size;
}

static size_t cut(uint8_t *data, size_t size) {
    size_t at = draw_place(size), length = 1 + draw(draw(2) ? 8 : size - at);
    if (length > size - at) length = size - at;
    memmove(data + at, data + at + length, size - at - length);
    return size - length;
}

static size_t change(uint8_t *data, size_t size, size_t longest) {
    static const uint8_t telling[] = {0x00, 0x01, 0x10, 0x7F, 0x80, 0xC0, 0xC4, 0xD0,
                                      0xD7, 0xD9, 0xDA, 0xDB, 0xDD, 0xFE, 0xFF};
    const input *other = &inputs[draw((size_t)count)];
    if (!size || !other->size) return size;
    switch (draw(7)) {
        case 0: data[draw_place(size)] ^= (uint8_t)(1 << draw(8)); return size;
        case 1: data[draw_place(size)] = (uint8_t)draw(256); return size;
        case 2: data[draw_place(size)] = telling[draw(sizeof telling)]; return size;
        case 3: data[draw_place(size)] += (uint8_t)(draw(33) - 16); return size;
        case 4: return cut(data, size);
        case 5: return overwrite(data, size, other);
        default: return insert(data, size, longest, other);
    }
}

static long number(const char *argument, const char *name, long otherwise) {
    size_t length = strlen(name);
    return strncmp(argument, name, length) ? otherwise : atol(argument + length);
}

static options parse(int argc, char **argv) {
    options o = {.corpus = ".", .artifacts = "", .seconds = 60, .timeout = 10, .longest = 1 << 16};
    for (int i = 1; i < argc; i++) {
        o.seconds = number(argv[i], "-max_total_time=", o.seconds);
        o.timeout = number(argv[i], "-timeout=", o.timeout);
        o.longest = number(argv[i], "-max_len=", o.longest);
        if (!strncmp(argv[i], "-artifact_prefix=", 17)) o.artifacts = argv[i] + 17;
        if (argv[i][0] != '-') o.corpus = argv[i];
    }
    return o;
}

static void fuzz(const options *o, uint8_t *room, int evidence) {
    size_t longest = (size_t)o->longest;
    for (int i = 0; i < count; i++) execute(inputs[i].data, inputs[i].size, evidence, o->timeout);
    for (time_t end = time(NULL) + o->seconds; count && time(NULL) < end;) {
        const input *origin = &inputs[draw((size_t)count)];
        size_t size = origin->size;
        memcpy(room, origin->data, size);
        for (size_t steps = 1 + draw(MOST_STEPS); steps; steps--) size = change(room, size, longest);
        if (!execute(room, size, evidence, o->timeout)) continue;
        keep(room, size);
        save(o->corpus, room, size);
    }
}

int main(int argc, char **argv) {
    options o = parse(argc, argv);
    uint8_t *room = malloc((size_t)o.longest);
    snprintf(evidence_path, sizeof evidence_path, "%scrash-%ld-%ld", o.artifacts, (long)time(NULL), (long)getpid());
    int evidence = open(evidence_path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    if (!room || evidence < 0) fail(evidence_path);
    signal(SIGALRM, say_slow);
    signal(SIGINT, leave);
    signal(SIGTERM, leave);
    read_corpus(o.corpus, room, (size_t)o.longest);
    fuzz(&o, room, evidence);
    unlink(evidence_path);
    fprintf(stderr, "stat::number_of_executed_units: %ld\nstat::edges: %ld\n", executions, edges);
    for (int i = 0; i < count; i++) free(inputs[i].data);
    free(room);
    return 0;
}
