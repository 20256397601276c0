/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop local playbooks`: what this device does by itself about incidents. Reads the settings and what the guard
 * keeps (STATE_DIR/objects/playbook), and asks nobody. Returns enum command_exit.
 */
#pragma once

int local_playbooks(int argc, char **argv);
