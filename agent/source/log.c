/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the log lines of caltrop-core to standard error. Never waits. */
#include "agent/source/log.h"

#include "agent/base/say.h"

#include <stdarg.h>
#include <unistd.h>

static enum say_level level_of(enum severity severity)
{
	switch (severity) {
	case SEV_INFO: return SAY_INFO;
	case SEV_LOW: return SAY_NOTICE;
	case SEV_MEDIUM: return SAY_WARNING;
	default: return SAY_ERR;
	}
}

void log_line(enum severity severity, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_list(level_of(severity), format, args);
	va_end(args);
}

void log_fatal(const char *why)
{
	log_line(SEV_HIGH, "%s", why);
	_exit(1);
}
