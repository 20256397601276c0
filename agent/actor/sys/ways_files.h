/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what ways.h judges: passwd, shadow, group, sudoers and sshd_config of one directory, usually /etc. */
#pragma once

#include "agent/actor/sys/shadow.h"
#include "agent/actor/sys/ways.h"
#include "agent/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define WAYS_FILES_TEXT_MAX (256 << 10) /* bytes of sudoers, and of sshd_config, each with what it includes */
#define WAYS_WHY_MAX 96			/* of a refusal, with its NUL */
#define WAYS_FILES_MAX 64		/* files of sudoers.d, and of sshd_config.d */

struct ways_files {
	struct shadow_file passwd, shadow, group;
	char *memory; /* private, of sudoers */
	char etc[SHADOW_PATH_MAX];
	struct ways ways; /* for ways_is_last; borrows all above */
};

/*
 * Read them, on a day since 1970. `shadow` is the path of shadow(5), in whose directory the others are; a file that is
 * missing is empty, and of sudoers and sshd_config what cannot be read makes less sure (ways.h). Errors are those of
 * passwd, shadow and group. Whatever comes back, call ways_files_close.
 */
ERR_CHECK enum err ways_files_read(struct ways_files *f, const char *shadow, uint32_t today);
void ways_files_close(struct ways_files *f);

/* An account that is about to be shut. The texts are borrowed. */
struct ways_asked {
	const char *shadow; /* as in ways_files_read */
	const char *account;
	const char *home;
	bool keys;	/* it has SSH keys, which would be set aside */
	int64_t wall_s; /* seconds since 1970 */
};

/*
 * Whether shutting it leaves a way in. ERR_PROTECTED: it is the last way in for an administrator (ways_is_last), or its
 * keys are those of another account, too. Errors of ways_files_read. All fill why.
 */
ERR_CHECK enum err ways_files_check(const struct ways_asked *asked, char why[WAYS_WHY_MAX]);

/* What ETC/ssh/sshd_config says, and ETC/hosts.equiv and ETC/ssh/shosts.equiv by being there. */
struct ways_sshd ways_files_sshd(const char *etc);
