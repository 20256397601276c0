/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop local send`: puts a copy of a file into the guard's spool of objects (agent/uplink/object_out.h) and wakes
 * the guard, which sends it to the service. All copies that wait are together at most [objects] size.
 */
#pragma once

/* Returns enum command_exit. */
int send_main(int argc, char **argv);
