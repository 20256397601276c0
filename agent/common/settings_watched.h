/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files are watched: "/etc/motd" is one file, "/etc/cron.d/" all in a directory, "/srv/www/" with a "**" behind
 * it all below it, "~/.ssh/" the same directory of each account's home, "usual" the guard's own list. Pure.
 */
#pragma once

#include "agent/common/settings_value.h"

#define SETTINGS_WATCHED_USUAL "usual"

/* A reader of a list, as those of settings_value.h. */
enum err settings_watched(struct settings_value *v);

/* The same for decoys: single files by their whole paths. */
enum err settings_baits(struct settings_value *v);

/*
 * What somebody asked to be watched is never silently not watched. ERR_UNSUPPORTED: a section is enabled of which this
 * build lacks the sensor; ERR_INVALID: there are decoys, and files are not watched. error->text is the sentence.
 */
ERR_CHECK enum err settings_watched_check(const struct settings *s, struct ini_error *error);
