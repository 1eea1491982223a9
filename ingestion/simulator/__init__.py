"""A stand-in aviationstack that behaves and misbehaves like the recorded real one."""
