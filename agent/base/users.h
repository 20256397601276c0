/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The users that the guard's core and the service run as. They differ, because the core reads what attackers write, and
 * the service's directory has the fleet's keys.
 */
#pragma once

#define USERS_GUARD "caltrop"	       /* caltrop-core; the setting is [guard] user */
#define USERS_SERVICE "caltrop-server" /* caltrop-server; the setting is [server] user in server.conf */
