/* SPDX-License-Identifier: Apache-2.0 */
/* One open log file: what identifies it, the place up to which it was read, and its next lines. */
#pragma once

#include "agent/core/core.h"
#include "agent/sensors/log/lines.h"
#include "agent/source/tail_plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_file {
	int fd;		      /* -1: none */
	int watch;	      /* inotify watch descriptor; -1: none */
	uint64_t device;      /* of its file system: each has its own inodes */
	struct core_place at; /* its offset is that of the next byte to read */
	struct lines lines;
	bool dirty; /* the file may have bytes that were not read */
};

#define LOG_FILE_LINE CONFIG_LINE_MAX /* bytes of the longest line */

/* Begin without a file. `memory`: LOG_FILE_LINE bytes for an incomplete line; must outlive the stream. */
void log_file_init(struct log_file *s, void *memory);

/* Write what identifies an open file. False: fstat(2) or pread(2) failed. */
bool log_file_look(int fd, struct tail_look *look);

/* Take over a descriptor, to read from `offset` on. `look` is what log_file_look() wrote. */
void log_file_attach(struct log_file *s, int fd, const struct tail_look *look, uint64_t offset);

/*
 * The offset behind the file's last line feed, if that is among its last 4096 bytes. Else its size, or 0 for a shorter
 * file.
 */
uint64_t log_file_end(int fd, uint64_t size);

/* Close the file. The memory stays for the next one. */
void log_file_close(struct log_file *s);

/*
 * Read once into chunk[cap], and prepare log_file_next(). Returns the number of bytes; 0: the end of the file.
 * *emptied: the file was emptied in place since the last call, so it was read from offset 0.
 */
size_t log_file_read(struct log_file *s, char *chunk, size_t cap, bool *emptied);

/* Take the next whole line of what was read, and write the place behind it. False: there is none. */
bool log_file_next(struct log_file *s, struct str *line, struct core_place *behind);

/* The place behind the last whole line that was taken. */
struct core_place log_file_place(const struct log_file *s);

/* Whether the file has no name any more, so that no program can open it again. */
bool log_file_unlinked(const struct log_file *s);
