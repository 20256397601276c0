/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the sections that declare programs which the guard may run, with their limits: [hook NAME], which the verb
 * `hook` runs, with the arguments of the order that it gets in which order, and [credential NAME], which the verb
 * `reset` gives a new secret on its standard input. A key that is read again, in a drop-in, replaces the value. Pure.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/ini.h"
#include "agent/common/settings.h"

/* Whether that is the heading of such a section. */
bool settings_hook_is(struct str section);

/*
 * Read one key of such a section. ERR_INVALID: there is no such key, the value is none for it, NAME is none, there are
 * more than SETTINGS_HOOKS_MAX or SETTINGS_CREDENTIALS_MAX, or this build cannot run them. error->text is the whole
 * sentence.
 */
ERR_CHECK enum err settings_hook_read(struct settings *s, struct str section, const struct ini_pair *pair,
				      struct ini_error *error);

/* Check that each names its program. ERR_INVALID: one does not; error->text is the sentence. */
ERR_CHECK enum err settings_hook_check(const struct settings *s, struct ini_error *error);

/* The hook, or the credential, of that name; NULL: none was declared. */
const struct settings_hook *settings_hook_find(const struct settings *s, const char *name);
const struct settings_hook *settings_hook_credential(const struct settings *s, const char *name);

/* Append all of them as the settings would declare them. */
void settings_hook_text(struct buf *b, const struct settings *s);
