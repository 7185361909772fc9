"""The Pilot'actions forms, filled from evidence records and from the study's own words."""

from impactkit.forms.fill import fill_form, forms_of
from impactkit.forms.form import Form, Section
from impactkit.forms.render import form_html

__all__ = ["Form", "Section", "fill_form", "form_html", "forms_of"]
