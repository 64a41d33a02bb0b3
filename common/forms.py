"""How forms are drawn."""

from django.forms.renderers import TemplatesSetting


class FieldRenderer(TemplatesSetting):
    """Renders a form as its fields, and every field as label, control, hint and error (templates/forms/)."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
