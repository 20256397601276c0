/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the sections [hook NAME], which declare the programs that the verb `hook` may run: which one, which arguments
 * of the order it gets in which order, and its limits. A key that is read again, in a drop-in, replaces the value.
 * Pure.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/ini.h"
#include "agent/common/settings.h"

/* A key as it stands in the text. */
struct settings_hook_key {
	struct str name; /* the hook's */
	struct str key, value;
};

/*
 * Read one key of [hook NAME]. ERR_INVALID: there is no such key, the value is none for it, NAME is none, there are
 * more than SETTINGS_HOOKS_MAX, or this build has no ACTION_HOOK. error->text is the whole sentence.
 */
ERR_CHECK enum err settings_hook_read(struct settings *s, const struct settings_hook_key *key, struct ini_error *error);

/* Check that each hook names its program. ERR_INVALID: one does not; error->text is the sentence. */
ERR_CHECK enum err settings_hook_check(const struct settings *s, struct ini_error *error);

/* The hook of that name; NULL: none was declared. */
const struct settings_hook *settings_hook_find(const struct settings *s, const char *name);

/* Append all hooks as the settings would declare them. */
void settings_hook_text(struct buf *b, const struct settings *s);
