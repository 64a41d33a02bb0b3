"""How forms are drawn."""

from django.forms.renderers import TemplatesSetting


class FieldRenderer(TemplatesSetting):
    """Renders every field as label, hint, control and error (templates/forms/field.html)."""

    field_template_name = "forms/field.html"
