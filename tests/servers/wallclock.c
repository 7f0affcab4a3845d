/*
 * Preloaded into a child process, it shifts the wall clock and nothing else: monotonic clocks and sleeps stay real.
 * The shift is a double, in seconds, at the start of the file that WALLCLOCK_FILE names; it may change while the child runs.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile double *shift;

__attribute__((constructor)) static void map_the_file(void)
{
    const char *path = getenv("WALLCLOCK_FILE");
    int file = path ? open(path, O_RDONLY) : -1;
    if (file < 0)
        return;
    void *mapped = mmap(NULL, sizeof(double), PROT_READ, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED)
        shift = mapped;
    close(file);
}

static void move(struct timespec *moment)
{
    if (!shift)
        return;
    double whole = floor(*shift);
    moment->tv_sec += (time_t)whole;
    moment->tv_nsec += (long)((*shift - whole) * 1e9);
    if (moment->tv_nsec >= 1000000000L) {
        moment->tv_nsec -= 1000000000L;
        moment->tv_sec += 1;
    }
}

int clock_gettime(clockid_t clock, struct timespec *moment)
{
    int result = (int)syscall(SYS_clock_gettime, clock, moment);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        move(moment);
    return result;
}

time_t time(time_t *out)
{
    struct timespec moment;
    clock_gettime(CLOCK_REALTIME, &moment);
    if (out)
        *out = moment.tv_sec;
    return moment.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec moment;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &moment);
    out->tv_sec = moment.tv_sec;
    out->tv_usec = moment.tv_nsec / 1000;
    return 0;
}
