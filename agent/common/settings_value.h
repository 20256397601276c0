/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One reader per kind of value; rows of the table in settings.c name them. Each stores what it read at `target` or
 * returns an error with `why` filled: a phrase that says what the value is not, or what it takes.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdint.h>

struct settings_value {
	struct str text;   /* as written, trimmed */
	void *target;	   /* the member of struct settings */
	size_t size;	   /* its bytes */
	void *second;	   /* lists: `unsigned` count of elements; server: uint16_t port */
	uint32_t min, max; /* numbers, seconds and bytes, both included */
	char why[110];
};

enum err settings_value_path(struct settings_value *v);		/* absolute, without ".." */
enum err settings_value_path_or_none(struct settings_value *v); /* the same, or empty */
enum err settings_value_name(struct settings_value *v);		/* a user's name */
enum err settings_value_bool(struct settings_value *v);		/* bool: yes, no, true, false, on, off, 1, 0 */
enum err settings_value_number(struct settings_value *v);	/* uint32_t */
enum err settings_value_bytes(struct settings_value *v);	/* uint32_t, with K or M */
enum err settings_value_seconds(struct settings_value *v);	/* uint32_t, a duration */
enum err settings_value_window(struct settings_value *v);	/* int64_t microseconds, 1 s to 7 days */
enum err settings_value_mode(struct settings_value *v);		/* uint8_t, enum settings_mode */
enum err settings_value_prefix6(struct settings_value *v);	/* uint8_t, 64 or 128 */
enum err settings_value_steps(struct settings_value *v);	/* uint16_t[SETTINGS_STEPS_MAX], enum verb */
enum err settings_value_server(struct settings_value *v);	/* host[:port] or [address]:port, or empty */

/* Lists, separated by spaces or commas; each adds to what is there; an empty value adds nothing. */
enum err settings_value_files(struct settings_value *v);
enum err settings_value_networks(struct settings_value *v);
enum err settings_value_accounts(struct settings_value *v);
