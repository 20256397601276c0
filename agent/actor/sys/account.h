/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds a local account in passwd(5), which is beside the file of [accounts] shadow, and what the rails ask about it.
 */
#pragma once

#include "agent/actor/rails/rails.h"
#include "agent/actor/sys/ssh_keys.h"
#include "agent/base/err.h"
#include "agent/common/settings.h"

#include <stdbool.h>
#include <sys/types.h>

#define ACCOUNT_HOME_MAX 256

struct account {
	uid_t uid;
	gid_t gid;
	char home[ACCOUNT_HOME_MAX];
	bool has_password; /* one that lets somebody in */
	bool in_passwd;	   /* the hash stands in passwd(5) itself: a system without shadow(5) */
	char etc[SETTINGS_PATH_MAX];
	char passwd[SETTINGS_PATH_MAX + 8];
	struct rails_account rails;
};

/* Whose SSH keys its are; borrows it. */
struct ssh_keys_owner account_keys(const struct account *account);

/* Find the account. ERR_NOT_FOUND: passwd(5) has no line of that name. Other errors are those of reading the files. */
ERR_CHECK enum err account_find(const struct settings *s, const char *name, struct account *out);
