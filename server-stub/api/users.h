/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls by which admins look after the operators: list them, add one, change a role, shut one out, give a new
 * one-time password. Each change ends the sessions of whom it is about. There is always an admin who can log in.
 */
#pragma once

struct call;

void users_list(struct call *call);
void users_add(struct call *call);     /* POST {name, role}: answers with a one-time password */
void users_role(struct call *call);    /* POST {role} */
void users_disable(struct call *call); /* POST */
void users_reset(struct call *call);   /* POST: answers with a one-time password; lets one in again that was shut out */
