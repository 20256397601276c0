/* SPDX-License-Identifier: Apache-2.0 */
/* The calls about oneself: who one is, and one's password. */
#pragma once

#include "agent/base/json.h"
#include "server-stub/store/person.h"

struct call;
struct work;

#define PEOPLE_PASSWORD_MIN 12

void people_password(struct call *call); /* POST {old, new} */
void people_me(struct call *call);	 /* who the token belongs to */

/* Write the members that say who the caller is. */
void people_put(const struct call *call, struct json *j);

/* Work, from calloc, that compares a password with this operator's hash; without such an operator that hash is empty.
 * NULL after an answer. */
struct work *people_work(struct call *call, const char *name);
