/* SPDX-License-Identifier: Apache-2.0 */
/* Join tokens. Their text is shown once, when they are made. */
#pragma once

struct call;

void tokens_list(struct call *call);
void tokens_create(struct call *call); /* POST {group, ttl_s, uses, approve} */
void tokens_revoke(struct call *call); /* DELETE; by id or a prefix of it */
