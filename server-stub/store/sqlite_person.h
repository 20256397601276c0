/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operators, their sessions and the audit log in SQLite. sqlite_person_put and _get are user_put and user_get of struct
 * store_kind; each other function is the member that its name ends in.
 */
#pragma once

#include "server-stub/store/table.h"

enum err sqlite_person_put(struct store *s, const struct store_user *u);
enum err sqlite_person_get(struct store *s, const char *name, struct store_user *out);
enum err sqlite_person_session_put(struct store *s, const struct store_session *x);
enum err sqlite_person_session_get(struct store *s, const uint8_t *token_sha256, struct store_session *out);
enum err sqlite_person_session_remove(struct store *s, const uint8_t *token_sha256);
enum err sqlite_person_session_keep(struct store *s, const char *user, const uint8_t *token_sha256);
enum err sqlite_person_audit_put(struct store *s, const struct store_audit *a);
enum err sqlite_person_audit_list(struct store *s, const struct store_audit_query *q);
