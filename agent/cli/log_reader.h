/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log file that a command reads line by line, as the guard cuts it: lines longer than LINES_MAX are skipped and
 * counted. Compressed files, journals and UTF-16 are refused with the command that makes lines of them.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/sensors/log/lines.h"

#include <stdbool.h>

#define LOG_READER_PIECE (128 * 1024)
#define LOG_READER_WHY_MAX 160

struct log_reader {
	const char *name; /* borrowed; "-" is standard input */
	int fd;
	bool begun, ended;
	struct lines lines; /* its count is the number of the line given out last */
	char *memory;	    /* of LINES_MAX and LOG_READER_PIECE bytes */
};

/*
 * Open the file; log_reader_close() gives all back. ERR_IO: it cannot be opened, and `why` says so as the end of a
 * sentence ("cannot open auth.log: No such file or directory"). ERR_NO_MEMORY.
 */
ERR_CHECK enum err log_reader_open(struct log_reader *f, const char *name, char why[LOG_READER_WHY_MAX]);
void log_reader_close(struct log_reader *f);

/*
 * Give out the next line, valid until the next call, without its line feed. ERR_NOT_FOUND: there are no more.
 * ERR_UNSUPPORTED, ERR_IO: it holds no lines, or cannot be read; `why` says so.
 */
ERR_CHECK enum err log_reader_next(struct log_reader *f, struct str *line, char why[LOG_READER_WHY_MAX]);
