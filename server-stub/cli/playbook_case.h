/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An incident as `caltrop incident show --json` prints it, and what the operator said with --set, as what a playbook
 * fills its blanks from. "src" is the address; the account is "user", or what the incident is about; a process is what
 * it is about, as "/bin/nc[815]", and so is a file.
 */
#pragma once

#include "proto/playbook.h"
#include "server-stub/cli/opts.h"

#include <jansson.h>

#define PLAYBOOK_CASE_PARTS_MAX 32
#define PLAYBOOK_CASE_TAGS_MAX 64

struct playbook_case_file {
	json_t *incident; /* owned; the texts below are in it */
	char pid[16], account[VERB_ACCOUNT_MAX];
	struct str path;
	/* One for each rule that the incident is of. */
	unsigned part_count;
	struct playbook_case parts[PLAYBOOK_CASE_PARTS_MAX];
	unsigned tag_count;
	struct str tags[PLAYBOOK_CASE_TAGS_MAX];
};

/* Read what an answer of the API, which is taken over, says. OPTS_GO_ON, or the exit status after a message. */
int playbook_case_read(struct playbook_case_file *c, json_t *incident, const char *name);

/* The same of a file. */
int playbook_case_load(struct playbook_case_file *c, const char *file);

/* Put NAME=VALUE for each input of the playbook into all parts. OPTS_GO_ON, or the exit status after a message. */
int playbook_case_set(struct playbook_case_file *c, const struct playbook *p, const struct opts_list *words);

/* Forget it. */
void playbook_case_free(struct playbook_case_file *c);
