curl -X POST https://your-domain.com/api/v1/enrollments \
  -H "Authorization: Bearer <access_token>" \
  -H "Content-Type: application/json" \
  -d '{
    "user_id": "usr_lrn001",
    "course_id": "crs_ghi789"
  }'
