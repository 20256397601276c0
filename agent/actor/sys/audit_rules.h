/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's audit rules (audit_rule_data of linux/audit.h), as far as they say whether it tells of execs. They take
 * CAP_AUDIT_CONTROL, in the machine's first user and process namespaces. caltropd looks at them, and adds rules of its
 * own only when the settings ask for it: any rule about system calls slows all of them down.
 */
#pragma once

#include "agent/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AUDIT_RULES_WHY_MAX 96

/* What one rule means for execs; several at once. */
enum audit_rule_says {
	AUDIT_RULE_EXECVE = 1,	 /* each execve(2) that succeeds is told of */
	AUDIT_RULE_EXECVEAT = 2, /* each execveat(2) */
	AUDIT_RULE_HIDES = 4,	 /* some are not, whatever the other rules say */
	AUDIT_RULE_OWN = 8,	 /* caltropd's own */
};

/* Read one rule, the body of an answer to AUDIT_LIST_RULES. What it narrows down in any way tells of no exec. Pure. */
unsigned audit_rules_judge(const void *rule, size_t len);

/*
 * Whether the kernel tells of every exec of the machine's own programs, and this process can hear it. False: why[] says
 * what is missing. *own: there are rules of caltropd.
 */
bool audit_rules_look(char why[AUDIT_RULES_WHY_MAX], bool *own);

/* Switch auditing on and add caltropd's own rules, unless they are there. After an error there are none of them. */
ERR_CHECK enum err audit_rules_add(void);

/* Remove caltropd's own rules. */
void audit_rules_remove(void);
