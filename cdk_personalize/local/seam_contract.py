"""The private names of ministack that the local AWS uses, with their parameters.

The extra `local` accepts a range of versions of ministack. The local AWS does not start with a version that lacks one
of these names, or that has a function with other parameters. Whether a version also works is checked by deployment
tests.
"""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING, Any

from cdk_personalize.local import seams

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONTRACT: Mapping[str, tuple[str, ...]] = {
    "": (
        "AuthError(code, message, details=)",
        (
            "EvalContext(principal_arn, principal_type, principal_account, action, resource_arn, region, source_ip=, "
            "secure_transport=, request_tags=, tag_keys=, service_context=, principal_keys=)"
        ),
        "PrincipalInfo(arn, type, account, policies, keys=, limits=)",
        "_exports",
        "_stack_events",
        "_stacks",
        "evaluate(ctx, policies, *limits)",
        "extract_access_key_id(headers, query_params=)",
        "extract_region(headers, query_params=)",
        "get_account_id()",
        "get_region()",
        "new_uuid()",
        "now_iso()",
        "resolve_principal(access_key_id, account_id, credential=)",
        "run_reentrant(fn, *args, keyword thread_name=)",
        "set_request_account_id(access_key_id)",
        "set_request_region(region)",
    ),
    "ministack.app": (
        "SERVICE_HANDLERS",
        "app(scope, receive, send)",
    ),
    "ministack.core.iam_evaluator": ("_gather_role_policies(role_name, account_id)",),
    "ministack.core.lambda_runtime": (
        "_NODEJS_WORKER_SCRIPT",
        "_PYTHON_WORKER_SCRIPT",
        "execution_credentials(config)",
    ),
    "ministack.services.cloudformation.changesets": (
        (
            "_deploy_stack_async(stack_name, stack_id, template, param_values, disable_rollback, tags, is_update=, "
            "previous_stack=, retain_except_on_create=, imports=)"
        ),
    ),
    "ministack.services.cloudformation.custom_resource": (
        "_lock",
        "_normalise_resource_properties(value)",
        "_pending",
        "_response_url(token)",
        (
            "invoke_custom_resource(request_type, logical_id, props, stack_name, stack_id, resource_type, "
            "physical_id=, old_props=)"
        ),
        "register_token(token)",
    ),
    "ministack.services.cloudformation.engine": (
        "_evaluate_conditions(template, params)",
        "_parse_template(template_body)",
        "_resolve_parameters(template, provided_params, previous_params=)",
    ),
    "ministack.services.cloudformation.handlers": (
        "_ACTION_HANDLERS",
        "_delete_stack_async(stack_name, stack_id, retain_resources=, force=)",
        (
            "_deploy_stack_async(stack_name, stack_id, template, param_values, disable_rollback, tags, is_update=, "
            "previous_stack=, retain_except_on_create=, imports=)"
        ),
        "_resolve_stack(stack_name)",
        "_roll_back_operation(stack_name, stack_id, stack, operation, reason_override=)",
    ),
    "ministack.services.cloudformation.helpers": ("_resolve_template(params)",),
    "ministack.services.cloudformation.provisioners": (
        "_RESOURCE_HANDLERS",
        "_check_nested_stack_capabilities(parent_stack_name, template)",
        "_cw_metric_alarm_record(name, props)",
        "_inherited_capabilities(parent_stack_name)",
        "_nested_stack_lookup_name(physical_id_or_arn)",
        "_tag_map(tags)",
    ),
    "ministack.services.cloudformation.stacks": (
        "CLIENT_REQUEST_TOKEN",
        "_DEFERRED_PREDECESSOR_DELETES",
        "_NAME_SEED",
        "_NO_VALUE",
        "_RETAINING_POLICIES",
        "_RETAIN_REPLACED",
        (
            "_add_event(stack_id, stack_name, logical_id, resource_type, status, reason=, physical_id=, "
            "detailed_status=)"
        ),
        "_custom_named_replacement_error(resource_type, old_props, new_props, physical_id=)",
        "_delete_resource(resource_type, physical_id, props, stack_name=, logical_id=)",
        "_delete_stack_async(stack_name, stack_id, retain_resources=, force=)",
        (
            "_deploy_stack_async(stack_name, stack_id, template, param_values, disable_rollback, tags, is_update=, "
            "previous_stack=, retain_except_on_create=, imports=)"
        ),
        "_evaluate_conditions(template, params)",
        "_extract_deps(resource_def, all_resource_names)",
        (
            "_fail_property_validation(stack, stack_id, stack_name, resources_defs, ordered, param_values, "
            "conditions, mappings, disable_rollback, previous_stack=)"
        ),
        "_provision_keeping_seed(*args)",
        "_replacing_change(resource_type, old_props, new_props)",
        "_resolve_dynamic_references(value, previous=, reuse_ssm=, reuse_secrets=)",
        "_resolve_refs(value, resources, params, conditions, mappings, stack_name, stack_id)",
        ("_resolve_stack_outputs(outputs_defs, conditions, resources, param_values, mappings, stack_name, stack_id)"),
        "_resource_policy(res_def, attribute, resources, params, conditions, mappings, stack_name, stack_id)",
        "_roll_back_operation(stack_name, stack_id, stack, operation, reason_override=)",
        "_rollback_failure_reason(failed_records)",
        "_runs_on_worker_thread(resource_type)",
        "_snapshot_resource(resource_type, physical_id, props)",
        "_topological_sort(resources, conditions)",
        "_update_keeping_seed(*args)",
        "_update_resource(resource_type, physical_id, old_props, new_props, stack_name, logical_id=, old_attrs=)",
        "_with_stack_tags(resource_type, props, stack_tags, stack_name, stack_id, logical_id)",
    ),
    "ministack.services.eventbridge": (
        "_cron_next_fire(fields, after_dt)",
        "_invoke_target(target, event, rule, view=)",
        "_parse_cron_fields(expr)",
        "_parse_rate_seconds(expr)",
    ),
    "ministack.services.iam": (
        "_IAM_HANDLERS",
        "_attach_role_policy(p)",
        "_create_policy(p)",
        "_create_policy_version(p)",
        "_create_role(p)",
        "_delete_role_policy(p)",
        "_detach_role_policy(p)",
        "_error(status, code, message, ns=)",
        "_p(params, key, default=)",
        "_put_role_policy(p)",
        "_roles",
    ),
    "ministack.services.lambda_svc": (
        "_LAMBDA_ASYNC_RETRY_BASE_SECONDS",
        "_LAMBDA_ASYNC_RETRY_MAX_SECONDS",
        "_create_function(data)",
        "_execute_function(func, event)",
        "_execute_function_local(func, event, request_id)",
        "_execute_function_warm(func, event, request_id)",
        "_execute_function_with_config_scope(func, event)",
        "_execution_record_for_config(func, config)",
        "_get_func_record_for_ref(function_ref)",
        "error_response_json(code, message, status=, extra=, keyword message_key=, keyword content_type=)",
        "execution_credentials(config)",
        "invoke_async_with_retry(func, event)",
    ),
    "ministack.services.s3": ("_bucket_tags",),
    "ministack.services.scheduler": (
        "_SCHEDULE_TICK_INTERVAL",
        "_schedules",
        "_tick_schedules()",
    ),
    "ministack.services.stepfunctions": (
        "_AWS_SDK_SERVICE_MAP",
        "_ExecutionError(error, cause)",
        "_SFN_WAIT_SCALE",
        "_add_event(execution, event_type, details=)",
        "_api_name_to_sfn_key(name)",
        "_call_lambda(func_ref, event)",
        "_error_matches(error_equals, error)",
        "_execute_task(state_def, raw_input, execution, ctx)",
        "_executions",
        "_fail_execution(execution, error, cause)",
        "_find_matching_retrier(retriers, error, retry_counts)",
        "_invoke_aws_sdk_integration(resource, input_data)",
        "_prefix_sdk_error(service_name, error_code)",
        "_run_execution(exec_arn)",
        "_scaled_sleep(seconds)",
        "_start_execution(data)",
        "_state_machines",
        "_stop_execution(data)",
        "error_response_json(code, message, status=, extra=, keyword message_key=, keyword content_type=)",
        "json_response(data, status=, keyword content_type=)",
    ),
    "ministack.services.sts": ("register_session(access_key, session)",),
}
"""Names by module of ministack. The empty key has the names that `seams` imports individually."""


def require_contract() -> None:
    """Raise SeamError if the installed version of ministack breaks the contract."""
    broken = list(violations())
    if broken:
        raise seams.SeamError(f"this version of ministack is not supported: {'; '.join(broken)}")


def violations() -> Iterator[str]:
    """Yield the names of the contract that are missing or have other parameters."""
    for module, expected in CONTRACT.items():
        for each in expected:
            yield from violations_of(module, each)


def violations_of(module: str, expected: str) -> Iterator[str]:
    """Yield a message if a name of a module breaks the contract."""
    name = expected.partition("(")[0]
    place = module or seams.__name__
    try:
        value = getattr(importlib.import_module(place), name)
    except (ImportError, AttributeError):
        yield f"{place} has no {name}"
        return
    found = contract_entry(name, value)
    if found != expected:
        yield f"{place} has {found} instead of {expected}"


def contract_entry(name: str, value: Any) -> str:
    """Return the contract entry of a name, with parameters if it is a function."""
    return f"{name}({', '.join(_parameters(value))})" if callable(value) else name


def _parameters(function: Any) -> Iterator[str]:
    for each in inspect.signature(function).parameters.values():
        stars = "*" if each.kind is each.VAR_POSITIONAL else "**" if each.kind is each.VAR_KEYWORD else ""
        only = "keyword " if each.kind is each.KEYWORD_ONLY else ""
        default = "" if each.default is each.empty else "="
        yield f"{only}{stars}{each.name}{default}"
