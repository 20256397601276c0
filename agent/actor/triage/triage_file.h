/* SPDX-License-Identifier: Apache-2.0 */
/* A file that the order names, as far as one table's memory goes: of a longer one its end. */
#pragma once

#include "agent/actor/triage/triage.h"

/*
 * Read it and put it into the bundle. The way to it leads through no symbolic link, and what is no regular file is not
 * opened. ERR_PROTECTED: it may not be taken (rails_collect.h). ERR_KIND, ERR_NOT_FOUND and the like; then `why` is a
 * phrase.
 */
ERR_CHECK enum err triage_file(struct triage *c, const char *path, char why[COLLECT_WHY_MAX]);
