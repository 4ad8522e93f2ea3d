"""Pages for people: a console of the procedures, an operator's page, a viewer of REST routes."""
