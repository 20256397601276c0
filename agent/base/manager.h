/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service manager that started this program, systemd: it is told what sd_notify(3) describes, by datagrams to the
 * socket in NOTIFY_SOCKET, without systemd's library. Where there is none, nothing happens. One of each in a process.
 */
#pragma once

#include <stdint.h>

/*
 * Find the manager in the environment, and remove it there, so that no child speaks for us. Call it at start, before
 * privileges are given up, and after descriptors were closed.
 */
void manager_open(void);

/* How often manager_alive() has to be called at least (WATCHDOG_USEC), in microseconds; 0: never. */
int64_t manager_watchdog_us(void);

/* The program does what it is for, or does it again after a reload. */
void manager_ready(const char *status);

/* The settings are read again; manager_ready() ends that. */
void manager_reloading(void);

/* The program is about to end. */
void manager_stopping(void);

/* The watchdog is content for another time. */
void manager_alive(void);

/* What `systemctl status` shows: one line. */
void manager_status(const char *status);
