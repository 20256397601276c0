/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core's saved state, file "state" in STATE_DIR/core: replaced atomically (temporary file, fdatasync,
 * rename, fsync of the directory) by a thread, and only once every record that the core had given out before the
 * save is durable: a state that knows a log line must not outlive that line's record.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define STATE_FILE_NAME "state"

struct state_file {
	uv_loop_t *uv;
	int dir;
	size_t cap;
	struct {
		uint8_t *bytes; /* reserved at start */
		size_t len;
		uint64_t needs_seq; /* durable up to here before it may be written */
	} waiting, writing;
	bool have_waiting, is_writing;
	enum err err; /* of the last write */
	uint64_t saves;
	uv_work_t work;
};

/* `cap`: the longest state. */
void state_file_open(struct state_file *s, uv_loop_t *uv, int dir, size_t cap);

/* What was saved last; empty when nothing is there. Borrowed until the first state_file_save. */
struct str state_file_load(struct state_file *s);

/* Take a copy and write it when records up to needs_seq are durable. A later one replaces one that still waits. */
void state_file_save(struct state_file *s, struct str bytes, uint64_t needs_seq);

/* Records up to synced_seq are durable now. */
void state_file_synced(struct state_file *s, uint64_t synced_seq);

/* Nothing waits and nothing is being written. */
bool state_file_idle(const struct state_file *s);
