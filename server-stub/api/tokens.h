/* SPDX-License-Identifier: Apache-2.0 */
/* The calls about join tokens. The text of a token is in the answer to its creation only. */
#pragma once

struct call;

void tokens_list(struct call *call);
void tokens_create(struct call *call); /* POST {group, ttl_s, uses, approve} */
void tokens_revoke(struct call *call); /* DELETE; by id or a prefix of it */
