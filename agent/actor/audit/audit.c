/* SPDX-License-Identifier: Apache-2.0 */
/* Gives what checks say a fixed form, and reads files for them. Knows no check. */
#include "agent/actor/audit/audit.h"

#include "agent/actor/sys/shadow.h"
#include "agent/common/file_pattern.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct exposure_sample begin(const struct audit *a, uint8_t kind)
{
	struct exposure_sample s;

	memset(&s, 0, sizeof(s));
	s.version = EXPOSURE_SAMPLE_VERSION;
	s.kind = kind;
	s.check = a->check;
	return s;
}

void audit_ended(struct audit *a, enum exposure_sample_kind kind)
{
	struct exposure_sample s = begin(a, (uint8_t)kind);

	a->put(a->context, &s);
}

void audit_found(struct audit *a, const struct audit_finding *finding, const char *evidence, ...)
{
	struct exposure_sample s = begin(a, EXPOSURE_SAMPLE_FOUND);
	char text[sizeof(s.evidence)];
	va_list args;

	va_start(args, evidence);
	vsnprintf(text, sizeof(text), evidence, args);
	va_end(args);
	s.severity = (uint8_t)finding->risk->severity;
	s.account = a->accounts;
	str_show(str_from(finding->risk->id), s.id, sizeof(s.id));
	str_show(finding->object, s.object, sizeof(s.object));
	str_show(str_from(text), s.evidence, sizeof(s.evidence));
	str_show(str_from(finding->risk->remedy), s.remedy, sizeof(s.remedy));
	a->put(a->context, &s);
}

void audit_skipped(struct audit *a, const char *id, struct str object, const char *why)
{
	struct exposure_sample s = begin(a, EXPOSURE_SAMPLE_SKIPPED);

	s.severity = SEV_INFO;
	str_show(str_from(id), s.id, sizeof(s.id));
	str_show(object, s.object, sizeof(s.object));
	str_show(str_from(why), s.evidence, sizeof(s.evidence));
	a->put(a->context, &s);
}

/*
 * Users may put a link where a file is looked for, and opening a device does something: a watchdog's restarts the
 * machine. So what was looked at is opened, and nothing else. -1 with errno.
 */
static int open_regular(const struct audit *a, const char *path)
{
	int look = openat(a->root, path, O_PATH | O_CLOEXEC), fd = -1, error = ENOENT;
	char link[32];
	struct stat st;

	if (look < 0)
		return -1;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", look);
	if (fstat(look, &st) == 0 && S_ISREG(st.st_mode)) {
		fd = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		error = errno;
	}
	close(look);
	errno = error;
	return fd;
}

bool audit_read(struct audit *a, const char *path, char *memory, struct str *text)
{
	int fd = open_regular(a, path);
	size_t len = 0;
	ssize_t got = 1;

	*text = STR_NONE;
	if (fd < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			audit_skipped(a, "unread", str_from(path), strerror(errno));
		return false;
	}
	while (got > 0 && len < AUDIT_FILE_MAX) {
		got = read(fd, memory + len, AUDIT_FILE_MAX - len);
		len += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	if (len == AUDIT_FILE_MAX)
		audit_skipped(a, "unread", str_from(path), "only its first 256 KiB are looked at");
	*text = (struct str){memory, len};
	return len > 0;
}

bool audit_account_next(struct str *text, struct audit_account *out)
{
	while (!str_empty(*text)) {
		struct str line = str_cut(text, '\n');
		uint64_t uid;

		out->name = shadow_field(line, 0);
		out->hash = shadow_field(line, 1);
		out->home = shadow_field(line, 5);
		out->shell = shadow_field(line, 6);
		/* "+" begins a line of NIS. */
		if (str_empty(out->name) || out->name.data[0] == '+' ||
		    str_number(shadow_field(line, 2), UINT32_MAX, &uid) != ERR_OK)
			continue;
		out->uid = (uint32_t)uid;
		return true;
	}
	return false;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool fits(const char *pattern, const char *name)
{
	return file_pattern_is(pattern) ? file_pattern_fits(pattern, str_from(name)) : strcmp(pattern, name) == 0;
}

void audit_names_read(const struct audit *a, const char *path, struct audit_names *out)
{
	const char *slash = strrchr(path, '/'), *pattern = slash ? slash + 1 : path;
	const struct dirent *e;
	DIR *list;
	int fd;

	out->count = 0;
	str_show((struct str){path, slash ? (size_t)(slash - path) : 0}, out->dir, sizeof(out->dir));
	fd = openat(a->root, out->dir[0] ? out->dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	list = fd >= 0 ? fdopendir(fd) : NULL;
	while (list && out->count < AUDIT_NAMES_MAX && (e = readdir(list)) != NULL)
		if (e->d_name[0] != '.' && fits(pattern, e->d_name))
			snprintf(out->names[out->count++], NAME_MAX + 1, "%s", e->d_name);
	if (list)
		closedir(list);
	else if (fd >= 0)
		close(fd);
	qsort(out->names, out->count, sizeof(out->names[0]), by_name);
}
