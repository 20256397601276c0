/* SPDX-License-Identifier: Apache-2.0 */
/* One open log file: how it looks, where reading stands, and its next lines. */
#pragma once

#include "agent/core/core.h"
#include "agent/sensors/log/lines.h"
#include "agent/shell/tail_plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source_stream {
	int fd;		      /* -1: none */
	int watch;	      /* inotify watch descriptor, -1 none */
	struct core_place at; /* offset: of the next byte to read */
	struct lines lines;
	bool dirty; /* may hold bytes that were not read */
};

/* `memory`: SOURCE_STREAM_LINE bytes for a half line. */
#define SOURCE_STREAM_LINE CONFIG_LINE_MAX
void source_stream_init(struct source_stream *s, void *memory);

/* False: the file cannot be looked at. */
bool source_stream_look(int fd, struct tail_look *look);

/* Take over a descriptor, to read from `offset`. */
void source_stream_attach(struct source_stream *s, int fd, const struct tail_look *look, uint64_t offset);

/* Where the line begins that the file's size lies in: its end, unless a half line stands there. */
uint64_t source_stream_end(int fd, uint64_t size);

/* Close it; the memory stays. */
void source_stream_close(struct source_stream *s);

/*
 * Read once into chunk[cap] and have the lines cut. The number of bytes; 0 at the end. *emptied is set when the
 * file was emptied in place since the last call, and reading began anew at 0.
 */
size_t source_stream_read(struct source_stream *s, char *chunk, size_t cap, bool *emptied);

/* The next whole line of what was read, and the place behind it. */
bool source_stream_next(struct source_stream *s, struct str *line, struct core_place *behind);

/* The place behind the last whole line. */
struct core_place source_stream_place(const struct source_stream *s);

/* Nobody can find it any more: its name was removed. */
bool source_stream_unlinked(const struct source_stream *s);
