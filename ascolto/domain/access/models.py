# SPDX-License-Identifier: Apache-2.0
"""Clients (the tenants), users, and who works for whom with which role."""

from functools import cache
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils.encoding import force_str
from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.prepared import asked


class Client(models.Model):
    """The creditor company whose receivables are managed; the tenant of every other row."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    sector = models.CharField(max_length=40, help_text="Name of the strategy file that serves this sector.")
    vat = models.CharField(max_length=20, blank=True)
    tax_code = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=5, default="it")
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    address = models.CharField(max_length=300, blank=True, help_text="One line, printed on letters.")
    iban = models.CharField(max_length=34, blank=True, help_text="Where customers are asked to pay.")
    default_terms_days = models.PositiveSmallIntegerField(
        default=30, help_text="Days from the invoice date when a document says nothing (D.Lgs. 231/2002 art. 4)."
    )
    auto_accept = models.BooleanField(
        default=False, help_text="Import batches without errors are accepted by policy, not by a person."
    )
    warn_of_gaps = models.BooleanField(
        default=False, help_text="Invoices that lack something by our fault are asked for all the same; we are warned."
    )
    auto_settle_permille = models.PositiveSmallIntegerField(
        default=950, help_text="Cash matches at least this sure settle without a person (per mille)."
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def get(self, *means: Any, **fields: Any) -> "User":
        """Each page asks who is signed in, by their key."""
        if not means and fields.keys() == {"pk"} and type(fields["pk"]) is int:
            for user in asked(_users, fields["pk"]):
                return user  # type: ignore[no-any-return]
        return super().get(*means, **fields)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_superuser=True, **fields)


def _users(pk: int) -> "models.QuerySet[User]":
    return User.objects.filter(pk=pk)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. What they may do is in their memberships, never here."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=5, default="it")
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        return self.is_superuser

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]


class Role(models.TextChoices):
    OPERATOR = "operator", _("Operator")
    TEAM_LEADER = "team_leader", _("Team leader")
    CREDIT_MANAGER = "credit_manager", _("Credit manager")
    CLIENT_VIEWER = "client_viewer", _("Client viewer")
    ADMINISTRATOR = "administrator", _("Administrator")


class Membership(models.Model):
    """`user` works for `client` as `role`.

    One operator works for one client. Beyond that only an exception: approved by somebody, with a reason
    and an end date. A regular membership has no dates: it is removed when the work ends (the trail remembers).
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "user"], name="membership_once_per_client"),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(role="operator", approved_by__isnull=True),
                name="operator_works_for_one_client",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, ends_on__isnull=True)
                | (Q(approved_by__isnull=False, ends_on__isnull=False, starts_on__isnull=False) & ~Q(reason="")),
                name="exception_is_approved_dated_and_reasoned",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.client} · {self.get_role_display()}"


class SavedView(models.Model):
    """A list as `user` likes to see it: the filters, order and columns of an address, under a name.

    A person's own and of no tenant: it holds how to look, never what is seen.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="views", db_index=False)
    page = models.CharField(max_length=20, help_text="Which list: my_day, customers ...")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, help_text="As in the address, without the question mark.")
    is_default = models.BooleanField(default=False, help_text="The page opens with it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "page", "name"], name="view_once_per_name"),
            models.UniqueConstraint(fields=["user", "page"], condition=Q(is_default=True), name="one_default_view"),
        ]

    def __str__(self) -> str:
        return f"{self.page}: {self.name}"


class TenantModel(models.Model):
    """Every row that belongs to a client carries it, and its indexes begin with it."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        abstract = True

    def _get_FIELD_display(self, field: Any) -> str:
        # Django translates every choice to say one of them.
        value = getattr(self, field.attname)
        said: str = force_str(_choices(field).get(value, value), strings_only=True)
        return said


@cache
def _choices(field: Any) -> dict[Any, Any]:
    return dict(field.flatchoices)
