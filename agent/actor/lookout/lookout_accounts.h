/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts and the members of groups, as they were when passwd(5), shadow(5) and group(5) were last read: at most
 * LOOKOUT_ACCOUNTS_MAX and LOOKOUT_MEMBERS_MAX; changes of further ones are changes of a file only. Of a password
 * nothing is kept but a digest with a key that ends with this process. Who has a rule in sudoers(5) is a member of a
 * group of that file's name, and so is a group ("%wheel"); as is who has one in doas.conf(5), where a group is
 * ":wheel". Of the rules nothing else is read, those that deny included.
 */
#pragma once

#include "agent/common/lookout_sample.h"

#define LOOKOUT_ACCOUNTS_MAX 256u
#define LOOKOUT_MEMBERS_MAX 512u

/* Who gets each change. */
struct lookout_accounts_sink {
	void (*change)(const void *context, const struct lookout_account *change);
	const void *context;
};

/* Read the files of that directory ("/etc"), and tell of what differs from the last time; the first time nothing.
 */
void lookout_accounts_look(const char *dir, const struct lookout_accounts_sink *sink);
