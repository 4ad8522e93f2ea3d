/* LD_PRELOAD: keeps in $POWER_CUT_KEPT what of the files below $POWER_CUT_PREFIX is on disk.
 *
 * Each file is copied there when it has been synced; what is written later and never synced is lost
 * when the power is: that is what the folder then shows. A deleted file is gone at once, which is
 * the worst that can become of it where it is still needed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name, type) static type real; if (!real) real = (type)dlsym(RTLD_NEXT, #name)
typedef int (*sync_type)(int);
typedef int (*unlink_type)(const char *);

/* Where the copy of a file is, if it is one that is watched. */
static int kept_path(const char *path, char *copy) {
    const char *prefix = getenv("POWER_CUT_PREFIX"), *folder = getenv("POWER_CUT_KEPT");
    if (!prefix || !folder || strncmp(path, prefix, strlen(prefix)) != 0) return 0;
    snprintf(copy, PATH_MAX, "%s/%s", folder, strrchr(path, '/') + 1);
    return 1;
}

static void keep(int fd) {
    static pthread_mutex_t alone = PTHREAD_MUTEX_INITIALIZER;
    char link[64], path[PATH_MAX], copy[PATH_MAX], draft[PATH_MAX + 8];
    struct stat file;
    off_t at = 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0) return;
    path[n] = 0;
    if (!kept_path(path, copy)) return;
    snprintf(draft, sizeof draft, "%s.draft", copy);
    pthread_mutex_lock(&alone);
    int out = open(draft, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (out < 0 || fstat(fd, &file) != 0) abort();
    /* Not over a descriptor of its own: closing that would end SQLite's locks on the file. */
    while (at < file.st_size)
        if (sendfile(out, fd, &at, file.st_size - at) <= 0) abort();
    close(out);
    if (rename(draft, copy) != 0) abort();
    pthread_mutex_unlock(&alone);
}

int fsync(int fd) {
    REAL(fsync, sync_type);
    int result = real(fd);
    if (result == 0) keep(fd);
    return result;
}

int fdatasync(int fd) {
    REAL(fdatasync, sync_type);
    int result = real(fd);
    if (result == 0) keep(fd);
    return result;
}

int unlink(const char *path) {
    REAL(unlink, unlink_type);
    char copy[PATH_MAX];
    int result = real(path);
    if (result == 0 && path[0] == '/' && kept_path(path, copy)) real(copy);
    return result;
}
