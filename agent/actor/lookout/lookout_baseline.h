/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that are known, kept in a file over a restart, so that what changed while the guard was down is a change.
 * The file is root's: magic, version, directories, files, CRC-32C, all integers big-endian. Of a file it has what
 * lookout_files.h compares, and never what is in it.
 */
#pragma once

#include "agent/actor/lookout/lookout_files.h"
#include "agent/base/buf.h"

#define LOOKOUT_BASELINE_MAX \
	(64u + LOOKOUT_DIRS_MAX * (SETTINGS_PATH_MAX + 2u) + CONFIG_FILES_MAX * (LOOKOUT_FILE_NAME + 96u))

/* Write what is known. */
void lookout_baseline_encode(struct buf *b, const struct lookout_files *f);

/*
 * Take over what was known of directories that are watched now; those directories are marked `based`. ERR_CORRUPT,
 * ERR_TRUNCATED, ERR_TOO_LONG: it is damaged. ERR_UNSUPPORTED: it is of another version. Then nothing is known.
 */
ERR_CHECK enum err lookout_baseline_decode(struct lookout_files *f, struct str bytes);

/*
 * The same with the file "baseline" in STATE_DIR/actor. Loading sets a damaged one aside as "baseline.damaged" and says
 * so. False: nothing was loaded. Saving replaces it whole, or leaves it as it is.
 */
bool lookout_baseline_load(struct lookout_files *f, const char *state_dir);
ERR_CHECK enum err lookout_baseline_save(const struct lookout_files *f, const char *state_dir);
