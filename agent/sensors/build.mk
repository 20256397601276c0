# SPDX-License-Identifier: Apache-2.0
agent-y += agent/sensors/path.o
agent-y += agent/sensors/sensors.o
