import {
  type App,
  type IPolicyValidationContext,
  type PolicyValidationPluginReport,
  Validations,
} from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';

/**
 * Checks the AWS Solutions rules of cdk-nag. The synthesis fails for a violation unless a construct
 * acknowledges the rule with a reason. A rule with many findings (`AwsSolutions-IAM5[Resource::…]`)
 * may be acknowledged as a whole on its construct, because the ids of the findings contain names of
 * CDK exports, which depend on the stage.
 */
export class NagChecks extends AwsSolutionsChecks {
  readonly #app: App;

  constructor(app: App) {
    super(app);
    this.#app = app;
  }

  override validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const report = super.validate(context);
    const constructs = new Map(this.#app.node.findAll().map((found) => [found.node.path, found]));
    const violations = report.violations
      .map((violation) => {
        const rule = violation.ruleName.replace(/\[.*$/, '');
        const violatingResources = (violation.violatingResources ?? []).filter(
          ({ constructPath = '' }) => !isAcknowledged(constructs.get(constructPath), rule),
        );
        return { ...violation, violatingResources };
      })
      .filter(({ violatingResources }) => violatingResources.length > 0);
    return { ...report, success: violations.length === 0, violations };
  }
}

function isAcknowledged(construct: IConstruct | undefined, rule: string): boolean {
  for (let at = construct; at !== undefined; at = at.node.scope) {
    const rules = at.node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.keys(data));
    if (rules.some((id) => id.replace(/^annotation::/i, '') === rule)) return true;
  }
  return false;
}
