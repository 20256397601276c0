/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom the two halves run as. They are different users, because the guard's core reads what attackers write, and the
 * service's directory holds the fleet's keys.
 */
#pragma once

#define USERS_GUARD "caltrop"	       /* caltrop-core; the setting is [guard] user */
#define USERS_SERVICE "caltrop-server" /* caltrop-server; the setting is [server] user in server.conf */
