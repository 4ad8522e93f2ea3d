/* LD_PRELOAD: writing and syncing files below $FAULTY_PREFIX fails as the file $FAULTY_SAYS tells:
 * "full" (ENOSPC on write), "write" (EIO on write), "sync" (EIO on fsync); no file, no fault. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char says(void) {
    char word = 0;
    const char *path = getenv("FAULTY_SAYS");
    int fd = path ? open(path, O_RDONLY) : -1;
    if (fd < 0) return 0;
    if (read(fd, &word, 1) != 1) word = 0;
    close(fd);
    return word;
}

static int is_meant(int fd) {
    char link[64], path[PATH_MAX];
    const char *prefix = getenv("FAULTY_PREFIX");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0 || !prefix) return 0;
    path[n] = 0;
    return strncmp(path, prefix, strlen(prefix)) == 0;
}

static int fault_of_write(int fd) {
    if (!is_meant(fd)) return 0;
    char word = says();
    return word == 'f' ? ENOSPC : word == 'w' ? EIO : 0;
}

#define REAL(name, type) static type real; if (!real) real = (type)dlsym(RTLD_NEXT, #name)
#define FAIL_IF(fault) do { int code = (fault); if (code) { errno = code; return -1; } } while (0)

typedef ssize_t (*pwrite_type)(int, const void *, size_t, off_t);
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) {
    REAL(pwrite64, pwrite_type);
    FAIL_IF(fault_of_write(fd));
    return real(fd, bytes, count, at);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    REAL(pwrite, pwrite_type);
    FAIL_IF(fault_of_write(fd));
    return real(fd, bytes, count, at);
}

typedef ssize_t (*write_type)(int, const void *, size_t);
ssize_t write(int fd, const void *bytes, size_t count) {
    REAL(write, write_type);
    FAIL_IF(fault_of_write(fd));
    return real(fd, bytes, count);
}

typedef int (*sync_type)(int);
int fsync(int fd) {
    REAL(fsync, sync_type);
    FAIL_IF(is_meant(fd) && says() == 's' ? EIO : 0);
    return real(fd);
}
int fdatasync(int fd) {
    REAL(fdatasync, sync_type);
    FAIL_IF(is_meant(fd) && says() == 's' ? EIO : 0);
    return real(fd);
}
