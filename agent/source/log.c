/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the log lines of caltrop-core to standard error. Never waits. */
#include "agent/source/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void log_line(enum severity severity, const char *format, ...)
{
	char line[1024];
	va_list args;

	int head = snprintf(line, sizeof(line), "caltrop-core: %s",
			    severity >= SEV_HIGH     ? "error: "
			    : severity >= SEV_MEDIUM ? "warning: "
						     : "");

	va_start(args, format);
	vsnprintf(line + head, sizeof(line) - (size_t)head - 1, format, args);
	va_end(args);
	size_t len = strlen(line);

	line[len++] = '\n';
	/* A reader of the log that does not read must not stop the guard, so the line is lost. */
	struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};

	if (poll(&out, 1, 0) == 1 && write(STDERR_FILENO, line, len) < 0)
		errno = 0;
}

void log_fatal(const char *why)
{
	log_line(SEV_HIGH, "%s", why);
	_exit(1);
}
