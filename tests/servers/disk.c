/*
 * Preloaded into a process, it counts what is done to the files below DISK_UNDER, and at the operation that the plan names
 * it kills the process or lets the operation fail. The plan is shared memory, in the file that DISK_PLAN names, so that
 * it may change while the process runs. Where DISK_TRACE names a file, every operation is appended to it with its bytes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { OPEN = 1, CREATE = 2, WRITE = 4, TRUNCATE = 8, SYNC = 16, UNLINK = 32, RENAME = 64, LINK = 128, MKDIR = 256, READ = 512 };
enum action { NOTHING, KILL_BEFORE, KILL_AFTER, KILL_HALFWAY, FAIL };

struct plan {
    _Atomic int64_t count; /* operations of these kinds so far */
    int64_t first, last;   /* which of them are hit, counted from 1 */
    _Atomic int64_t hits;
    int32_t kinds, action, error, traced;
    char part[64]; /* only files whose path contains this */
    char not_part[64]; /* and not this */
};

struct head {
    int64_t kind, inode, offset, length, path, other;
};

static struct plan *plan;
static const char *under;
static int trace = -1;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("DISK_PLAN"), *traced = getenv("DISK_TRACE");
    under = getenv("DISK_UNDER");
    int file = path && under ? REAL(open)(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *mapped = mmap(NULL, sizeof(struct plan), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED)
        plan = mapped;
    close(file);
    if (traced)
        trace = REAL(open)(traced, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static int ours(const char *path)
{
    return plan && path && strncmp(path, under, strlen(under)) == 0;
}

/* The path of an open file; empty where it is none of ours. */
static const char *named(int file, char path[4096])
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = plan ? REAL(readlink)(link, path, 4095) : -1;
    path[length > 0 ? length : 0] = 0;
    return ours(path) ? path : NULL;
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

/* What is to be done with this operation. The one that fails leaves its reason in errno. */
static enum action met(enum kind kind, const char *path)
{
    if (!path || !(plan->kinds & kind) || strlen(path) > 4000)
        return NOTHING;
    if ((plan->part[0] && !strstr(path, plan->part)) || (plan->not_part[0] && strstr(path, plan->not_part)))
        return NOTHING;
    int64_t number = atomic_fetch_add(&plan->count, 1) + 1;
    if (number < plan->first || number > plan->last)
        return NOTHING;
    atomic_fetch_add(&plan->hits, 1);
    if (plan->action == KILL_BEFORE)
        die();
    if (plan->action == FAIL)
        errno = plan->error;
    return plan->action;
}

static void done(enum action action)
{
    if (action == KILL_AFTER || action == KILL_HALFWAY)
        die();
}

static void note(enum kind kind, int64_t inode, int64_t offset, const char *path, const char *other, const void *bytes, int64_t length)
{
    if (trace < 0 || !path || !plan->traced)
        return;
    struct head head = {kind, inode, offset, length, (int64_t)strlen(path), other ? (int64_t)strlen(other) : 0};
    struct iovec parts[] = {
        {&head, sizeof head},
        {(void *)path, (size_t)head.path},
        {(void *)other, (size_t)head.other},
        {(void *)bytes, bytes ? (size_t)length : 0},
    };
    if (writev(trace, parts, 4) < 0)
        abort();
}

static int64_t inode(int file)
{
    struct stat found;
    return fstat(file, &found) == 0 ? (int64_t)found.st_ino : -1;
}

static int64_t inode_at(const char *path)
{
    struct stat found;
    return lstat(path, &found) == 0 ? (int64_t)found.st_ino : -1;
}

static int opening(int (*really)(const char *, int, ...), const char *path, int flags, mode_t mode)
{
    if (!ours(path) || !(flags & (O_WRONLY | O_RDWR | O_CREAT)))
        return really(path, flags, mode);
    int64_t before = inode_at(path);
    enum kind kind = (flags & O_CREAT) && before < 0 ? CREATE : OPEN;
    enum action action = met(kind, path);
    if (action == FAIL)
        return -1;
    int file = really(path, flags, mode);
    if (file >= 0 && kind == CREATE)
        note(CREATE, inode(file), 0, path, NULL, NULL, 0);
    if (file >= 0 && kind == OPEN && (flags & O_TRUNC))
        note(TRUNCATE, before, 0, path, NULL, NULL, 0);
    done(action);
    return file;
}

#define OPENING(name)                                                                                                  \
    int name(const char *path, int flags, ...)                                                                         \
    {                                                                                                                  \
        va_list more;                                                                                                  \
        va_start(more, flags);                                                                                         \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0;                                      \
        va_end(more);                                                                                                  \
        return opening(REAL(name), path, flags, mode);                                                                 \
    }

OPENING(open)
OPENING(open64)

static ssize_t writing(int file, const void *bytes, size_t length, int64_t offset)
{
    char path[4096];
    const char *name = file > 2 ? named(file, path) : NULL;
    ssize_t (*really)(int, const void *, size_t, off64_t) = REAL(pwrite64);
    if (name && offset < 0)
        offset = REAL(lseek64)(file, 0, fcntl(file, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
    else if (!name)
        return offset < 0 ? REAL(write)(file, bytes, length) : really(file, bytes, length, offset);
    enum action action = met(WRITE, name);
    if (action == FAIL)
        return -1;
    size_t part = action == KILL_HALFWAY ? length / 2 : length;
    ssize_t written = really(file, bytes, part, offset);
    if (written > 0)
        note(WRITE, inode(file), offset, name, NULL, bytes, written);
    done(action);
    return written;
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset)
{
    return writing(file, bytes, length, offset);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset)
{
    return writing(file, bytes, length, offset);
}

ssize_t write(int file, const void *bytes, size_t length)
{
    char path[4096];
    ssize_t written = writing(file, bytes, length, -1);
    if (written > 0 && file > 2 && named(file, path))
        REAL(lseek64)(file, written, SEEK_CUR);
    return written;
}

ssize_t pread64(int file, void *bytes, size_t length, off64_t offset)
{
    char path[4096];
    if (plan && (plan->kinds & READ) && met(READ, named(file, path)) == FAIL)
        return -1;
    return REAL(pread64)(file, bytes, length, offset);
}

static int truncating(int file, off64_t length)
{
    char path[4096];
    const char *name = named(file, path);
    enum action action = met(TRUNCATE, name);
    if (action == FAIL)
        return -1;
    int result = REAL(ftruncate64)(file, length);
    if (result == 0 && name)
        note(TRUNCATE, inode(file), length, name, NULL, NULL, 0);
    done(action);
    return result;
}

int ftruncate64(int file, off64_t length)
{
    return truncating(file, length);
}

int ftruncate(int file, off_t length)
{
    return truncating(file, length);
}

static int syncing(int (*really)(int), int file)
{
    char path[4096];
    const char *name = named(file, path);
    enum action action = met(SYNC, name);
    if (action == FAIL)
        return -1;
    int result = name ? 0 : really(file); /* nothing here survives the machine; the trace says what would have */
    if (result == 0 && name)
        note(SYNC, inode(file), 0, name, NULL, NULL, 0);
    done(action);
    return result;
}

int fsync(int file)
{
    return syncing(REAL(fsync), file);
}

int fdatasync(int file)
{
    return syncing(REAL(fdatasync), file);
}

/* An operation on names: they are counted when one of them is ours. */
#define NAMES(kind, path, other, call)                                                                                 \
    const char *name = ours(path) ? (path) : NULL;                                                                     \
    int64_t which = name ? inode_at(path) : -1;                                                                        \
    enum action action = met(kind, name);                                                                              \
    if (action == FAIL)                                                                                                \
        return -1;                                                                                                     \
    int result = call;                                                                                                 \
    if (result == 0 && name)                                                                                           \
        note(kind, which < 0 ? inode_at(path) : which, 0, name, other, NULL, 0);                                       \
    done(action);                                                                                                      \
    return result

int unlink(const char *path)
{
    NAMES(UNLINK, path, NULL, REAL(unlink)(path));
}

int rename(const char *path, const char *other)
{
    NAMES(RENAME, path, other, REAL(rename)(path, other));
}

int link(const char *path, const char *other)
{
    NAMES(LINK, path, other, REAL(link)(path, other));
}

int mkdir(const char *path, mode_t mode)
{
    NAMES(MKDIR, path, NULL, REAL(mkdir)(path, mode));
}
