/* SPDX-License-Identifier: Apache-2.0 */
/* The calls about join tokens. The text of a token is in the answer to its creation only. */
#pragma once

#include "agent/base/err.h"
#include "server-stub/store/store.h"

struct call;

/* Revoke the tokens for a device that are not used, in a transaction of the caller. Errors of the store. */
ERR_CHECK enum err tokens_end(struct store *s, const uint8_t device[STORE_ID]);

void tokens_list(struct call *call);
void tokens_create(struct call *call); /* POST {group, ttl_s, uses, approve} */
void tokens_revoke(struct call *call); /* DELETE; by id or a prefix of it */
