/* SPDX-License-Identifier: Apache-2.0 */
/* Gives what checks say a fixed form, and reads files for them. Knows no check. */
#include "agent/actor/audit/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
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

bool audit_read(struct audit *a, const char *path, char *memory, struct str *text)
{
	int fd = openat(a->root, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	size_t len = 0;
	ssize_t got = 1;
	struct stat st;

	*text = STR_NONE;
	if (fd < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			audit_skipped(a, "unread", str_from(path), strerror(errno));
		return false;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
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
