/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core's saved state, the file "state" in STATE_DIR/core. A thread replaces it atomically (file.h). It does so only
 * after all records that the core made before the save are durable: after a power cut, a state must not know a log line
 * whose record is lost.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define STATE_FILE_NAME "state"
#define STATE_FILE_ASIDE "state.unused"

struct state_file {
	uv_loop_t *uv;
	int dir;
	size_t cap;
	struct {
		uint8_t *bytes; /* reserved at start */
		size_t len;
		uint64_t needs_seq; /* it is written only after records up to this number are durable */
	} waiting, writing;
	bool have_waiting, is_writing;
	enum err err; /* of the last write */
	uint64_t saves;
	uv_work_t work;
};

/* Reserve memory for states of at most `cap` bytes. `s` must be zero and must not move. */
void state_file_open(struct state_file *s, uv_loop_t *uv, int dir, size_t cap);

/* Read the state that was saved last. Empty: there is none. It is valid until the first state_file_save(). */
struct str state_file_load(struct state_file *s);

/*
 * The state that was saved last is not used: set it aside as STATE_FILE_ASIDE, in place of an earlier one, for who
 * wants to know or goes back to the build that wrote it. Where that is below state_dir, or why it is not, is logged.
 */
void state_file_set_aside(struct state_file *s, const char *state_dir);

/*
 * Copy a state, and write it when records up to needs_seq are durable. It replaces an earlier state that still waits.
 * s->err is the result of the last write.
 */
void state_file_save(struct state_file *s, struct str bytes, uint64_t needs_seq);

/* Say that records up to synced_seq are durable. */
void state_file_synced(struct state_file *s, uint64_t synced_seq);

/* Whether no state waits and none is being written. */
bool state_file_idle(const struct state_file *s);
