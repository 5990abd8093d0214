/* The turns of PID 1, one an input, as long as each goes as most do; turns.py says what a turn is.

   Why not in Python: after a fork every page that PID 1 or the child writes to is copied, and a line of Python writes to
   several, scattered over the interpreter's memory: a turn cost PID 1 120 copies, and costs it five here.

   Nothing of a program is ever loaded into this process, and what a program can forge is not read here. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DONE 1 /* as in turns.py */
#define BARRED (-2)
#define EMPTY 48 /* bytes of a listing that has "." and ".." alone */

struct call {
    int64_t number, arguments[6];
};

/* Turns in turns.py: the same fields, each of eight bytes. */
struct turns {
    const struct call *way; /* how a child enters its confinement: first the calls that may be refused */
    int64_t asked, calls;
    struct pollfd *polled; /* the host, children's ends */
    int *status;
    struct rusage *usage;
    char *page; /* shared with the child, who finds it cleared */
    const char *cleared;
    int64_t cleared_bytes;
    const char *build; /* BuildPage in pages.py, of a process that compiles; else NULL */
    const int *ends, *places; /* descriptors of every input in turn, and where a child finds those of its own */
    int64_t each, kept_from;
    const int *folders;
    int64_t listed, cpu_file, events_file;
    int64_t id, index, inputs, plain;
    double glance_s, cpu_limit_s;
    double before_cpu_s, before_own_s, cpu_s, own_s;
    int64_t running, read, clean, events_bytes;
    double begun, wall_s, used_s, build_cpu_s;
    char events[256];
};

struct __attribute__((packed)) answer { /* ANSWER in wire.py */
    char tag;
    uint32_t id, input;
    uint8_t ended, code, built, clean, last;
    double cpu_s, wall_s, build_cpu_s, waited_s;
    uint64_t memory_bytes;
};

static double clock_s(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static double seconds(struct timeval time)
{
    return time.tv_sec + time.tv_usec / 1e6;
}

static void place(const struct turns *t)
{
    for (int64_t i = 0; i < t->each; i++) {
        int end = t->ends[t->index * t->each + i], at = t->places[i];
        dup3(end, at, at < t->kept_from ? 0 : O_CLOEXEC);
        close(end);
    }
}

/* Of the call that was refused; -1 when none was. */
static int64_t enter(const struct turns *t)
{
    for (int64_t i = 0; i < t->calls; i++) {
        const int64_t *a = t->way[i].arguments;
        if (syscall(t->way[i].number, a[0], a[1], a[2], a[3], a[4], a[5]) < 0 && i >= t->asked)
            return i;
    }
    return -1;
}

/* The box's processor seconds, from cgroup v2 or v1; below 0 when they cannot be read. */
static double box_cpu_s(const struct turns *t)
{
    char text[64];
    ssize_t size = pread(t->cpu_file, text, sizeof text - 1, 0);
    if (size <= 0)
        return -1;
    text[size] = 0;
    if (!strncmp(text, "usage_usec ", 11))
        return strtoull(text + 11, NULL, 10) / 1e6;
    return strtoull(text, NULL, 10) / 1e9;
}

/* Whether the cgroup's memory events are still those that were seen last. */
static int no_event(struct turns *t)
{
    char now[sizeof t->events];
    ssize_t size = pread(t->events_file, now, sizeof now, 0);
    if (size > 0 && size == t->events_bytes && !memcmp(now, t->events, size))
        return 1;
    t->events_bytes = size > 0 ? size : 0;
    memcpy(t->events, now, t->events_bytes);
    return 0;
}

static int is_clean(const struct turns *t)
{
    char entries[4096];
    for (int64_t i = 0; i < t->listed; i++)
        if (lseek(t->folders[i], 0, SEEK_SET)
            || syscall(SYS_getdents64, t->folders[i], entries, sizeof entries) != EMPTY)
            return 0;
    return t->listed > 0;
}

/* Whether the child has ended by itself and left no process behind; its accounts are read then. */
static int see_end(struct turns *t, pid_t pid)
{
    struct timespec glance = {0, t->glance_s * 1e9};
    siginfo_t other;
    char signals[128];

    ppoll(t->polled, 2, &glance, NULL);
    t->running = wait4(pid, t->status, WNOHANG, t->usage) != pid;
    if (t->running || t->polled[0].revents || t->cpu_file < 0)
        return 0;
    if (waitid(P_ALL, 0, &other, WEXITED | WNOHANG | WNOWAIT) == 0)
        return 0; /* there is one, dead or alive */
    t->wall_s = clock_s(CLOCK_MONOTONIC) - t->begun;
    while (read(t->polled[1].fd, signals, sizeof signals) > 0)
        ;
    if (!no_event(t))
        return 0;
    t->cpu_s = box_cpu_s(t);
    t->own_s = clock_s(CLOCK_PROCESS_CPUTIME_ID);
    t->used_s = t->cpu_s - t->before_cpu_s - (t->own_s - t->before_own_s);
    double main_s = seconds(t->usage->ru_utime) + seconds(t->usage->ru_stime);
    if (t->used_s < main_s)
        t->used_s = main_s;
    t->clean = is_clean(t);
    return t->cpu_s >= 0;
}

/* Whether it went as most do: then there is nothing about it that Python need look at. */
static int is_plain(struct turns *t)
{
    t->build_cpu_s = 0;
    if (t->build) {
        memcpy(&t->build_cpu_s, t->build + 1, sizeof t->build_cpu_s);
        if (t->build_cpu_s > t->used_s)
            t->build_cpu_s = t->used_s;
    }
    return t->plain && t->clean && *t->status == 0 && !(t->build && !t->build[0])
        && t->used_s - t->build_cpu_s <= t->cpu_limit_s;
}

static int answer(const struct turns *t)
{
    struct answer said = {
        .tag = 1, .id = t->id, .input = t->index, .built = 1, .clean = 1, .last = t->index + 1 == t->inputs,
        .cpu_s = t->used_s - t->build_cpu_s, .wall_s = t->wall_s, .build_cpu_s = t->build_cpu_s,
        .memory_bytes = (uint64_t)t->usage->ru_maxrss << 10,
    };
    return send(t->polled[0].fd, &said, sizeof said, MSG_NOSIGNAL) == sizeof said;
}

/* Take turns, and answer them, until one is not plain: its process's PID, or -1 when there could be none. DONE when all
   are answered. In each child 0, or BARRED less the place of the call that was refused. */
int64_t take(struct turns *t)
{
    for (;; t->index++) {
        place(t);
        memcpy(t->page, t->cleared, t->cleared_bytes);
        t->before_cpu_s = t->cpu_s;
        t->before_own_s = t->own_s;
        t->begun = clock_s(CLOCK_MONOTONIC);
        pid_t pid = _Fork();
        if (pid == 0) {
            int64_t barred = enter(t);
            return barred < 0 ? 0 : BARRED - barred;
        }
        if (pid < 0)
            return -1;
        t->read = see_end(t, pid);
        if (!t->read || !is_plain(t) || !answer(t))
            return pid;
        if (t->index + 1 == t->inputs)
            return DONE;
    }
}
