/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Playbooks as CACAO 2.0 (OASIS Security Playbooks Version 2.0, Committee Specification 01), which other systems
 * exchange. A step is an action whose one command is of the type openc2-http; its content is an OpenC2 command with the
 * target of our own profile, as authors write the step in YAML:
 *
 *	{"action": "contain", "target": {"x-caltrop:step": {"verb": "ban", "addr": "$incident.addr"}}}
 *
 * What is bound to incidents and how long, and what else has no place in CACAO, stands in the playbook's own property
 * "x_caltrop". Steps that other systems would run by a shell, ssh or the like are refused by name: no device runs such.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "proto/playbook.h"

#include <jansson.h>

#define CACAO_WHY_MAX 240

/*
 * The playbook as CACAO. `kept` is the one that it was imported from, or NULL: what that has and we do not know comes
 * back, of the playbook and of steps that are still there; `now` is the time for "modified", and "created" of a new
 * one. The caller gives the answer to json_decref().
 */
json_t *cacao_export(const struct playbook *p, const json_t *kept, const char *now);

/*
 * Append what CACAO says as a playbook in YAML (recipe.h), with the whole document under the key `cacao`, so that
 * nothing of it is lost. The YAML is read and judged by recipe_read(). ERR_UNSUPPORTED: it does what no device does, or
 * what steps one after the other cannot say; ERR_INVALID: it is none; ERR_TOO_LONG: the memory of b. Then `why` is a
 * sentence that names the step.
 */
ERR_CHECK enum err cacao_import(const json_t *document, struct buf *b, char why[CACAO_WHY_MAX]);
