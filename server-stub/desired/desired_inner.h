/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a group's file while it is read. Only for server-stub/desired/desired*.c. */
#pragma once

#include "server-stub/desired/desired.h"

struct desired_key {
	struct str section;
	const struct tuning_key *row;
	struct str value;
};

struct desired_reader {
	struct desired *out;
	struct desired_mistakes *mistakes;
	unsigned key_count;
	struct desired_key keys[DESIRED_KEYS_MAX];
};

/* Note a mistake at a value, or at its key, in the manner of printf(3). Returns false. */
bool desired_note(struct desired_reader *r, const struct doc *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool desired_note_key(struct desired_reader *r, const struct doc *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Read `mode`, `never_ban` and `settings`. */
void desired_settings_mode(struct desired_reader *r, const struct doc *node);
void desired_settings_never_ban(struct desired_reader *r, const struct doc *node);
void desired_settings_map(struct desired_reader *r, const struct doc *node);

/* Write all that was read into out->settings: one spelling of the same settings. */
void desired_settings_write(struct desired_reader *r);
