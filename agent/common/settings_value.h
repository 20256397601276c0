/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One reader for each kind of value. The rows of the table in settings.c name them. Each reads `text` and stores the
 * value at `target`. After an error it has stored nothing, apart from a list's earlier elements, and `why` is a phrase
 * that shows the value and says what it should be ("'x' is neither yes nor no"). ERR_INVALID: it is not such a value,
 * or beyond its limits. ERR_FULL: a list has too many elements.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/common/settings.h"

#include <stdint.h>

struct settings_value {
	struct str text; /* as written, trimmed */
	void *target;	 /* the member of struct settings */
	size_t size;	 /* its bytes */
	void *second;	 /* of a list: its count of elements (unsigned); of the server: its port (uint16_t) */
	char (*names)[SETTINGS_HOST_MAX]; /* of never_ban: its list of names, and how many there are */
	unsigned *name_count;
	uint32_t min, max; /* limits of numbers, seconds and bytes; both are allowed */
	char why[144];
};

/* Each function reads one kind of value into *target. ERR_INVALID: the text is not one, and `why` says so. */
enum err settings_value_path(struct settings_value *v);		/* absolute, without ".." */
enum err settings_value_path_or_none(struct settings_value *v); /* the same, or empty */
enum err settings_value_name(struct settings_value *v);		/* a user's name */
enum err settings_value_bool(struct settings_value *v);		/* bool: yes, no, true, false, on, off, 1, 0 */
enum err settings_value_number(struct settings_value *v);	/* uint32_t */
enum err settings_value_bytes(struct settings_value *v);	/* uint32_t, with K or M */
enum err settings_value_seconds(struct settings_value *v);	/* uint32_t, a duration */
enum err settings_value_window(struct settings_value *v);	/* int64_t microseconds, 1 s to 7 days */
enum err settings_value_mode(struct settings_value *v);		/* uint8_t, enum settings_mode */
enum err settings_value_watch(struct settings_value *v);	/* uint8_t, enum settings_watch */
enum err settings_value_network(struct settings_value *v);	/* uint8_t, enum settings_network */
enum err settings_value_prefix6(struct settings_value *v);	/* uint8_t, 64 or 128 */
enum err settings_value_steps(struct settings_value *v);	/* uint16_t[SETTINGS_STEPS_MAX], enum verb */
enum err settings_value_server(struct settings_value *v);	/* host[:port] or [address]:port, or empty */

/* Lists, whose elements spaces or commas separate. Each reader adds to the list. An empty value adds nothing. */
enum err settings_value_files(struct settings_value *v);
enum err settings_value_never_ban(struct settings_value *v); /* addresses, networks and DNS names */
enum err settings_value_networks(struct settings_value *v);  /* addresses and networks */
enum err settings_value_accounts(struct settings_value *v);
enum err settings_value_ports(struct settings_value *v); /* uint16_t, 1 to 65535 */

/* A list whose element is a whole value: "PATH SYNTAX FORMAT" (access_format.h). One for the same PATH replaces it. */
enum err settings_value_access(struct settings_value *v);
