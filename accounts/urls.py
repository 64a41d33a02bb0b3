"""The addresses of sign-in and of a person's own choices."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("preferences/", views.Preferences.as_view(), name="preferences"),
    path("preferences/password/", views.Password.as_view(), name="password"),
]
